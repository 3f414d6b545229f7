"""Put the rules of presets and the user's own together."""

from taojin.core.errors import ConfigurationError
from taojin.curation.config import RulePresets, RulesConfig


def resolve_rules(rules: RulesConfig, presets: RulePresets) -> RulesConfig:
    """Replace the names of presets by their thresholds, before the user's own.

    Returns:
        Rules without presets; ``clean_lines`` is set if a preset sets it.

    Raises:
        ConfigurationError: If a preset is unknown, or two rules share a name.
    """
    unknown = [name for name in rules.presets if name not in presets.names()]
    if unknown:
        message = (
            f"curation.rules.presets names {', '.join(map(repr, unknown))}, which "
            f"rule_presets does not have; it has {', '.join(presets.names())}"
        )
        raise ConfigurationError(message)
    chosen = [presets[name] for name in rules.presets]
    thresholds = [rule for preset in chosen for rule in preset.thresholds]
    cleaning = [preset.clean_lines for preset in chosen if preset.clean_lines]
    resolved = {
        "presets": (),
        "thresholds": (*thresholds, *rules.thresholds),
        "clean_lines": rules.clean_lines or next(iter(cleaning), None),
    }
    try:
        return RulesConfig.model_validate({**dict(rules), **resolved})
    except ValueError as error:
        message = f"curation.rules with its presets {rules.presets}: {error}"
        raise ConfigurationError(message) from error
