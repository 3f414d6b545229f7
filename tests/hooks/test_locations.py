from kedro.config import OmegaConfigLoader

from taojin.hooks.locations import anchor_locations


def load(project, text):
    base = project / "conf" / "base"
    base.mkdir(parents=True)
    (project / "conf" / "local").mkdir()
    if text is not None:
        (base / "mlflow.yml").write_text(text, encoding="utf-8")
    loader = OmegaConfigLoader(
        str(project / "conf"), base_env="base", default_run_env="local"
    )
    anchor_locations(loader, project)
    return loader


def test_relative_locations_are_put_under_the_project(tmp_path):
    loader = load(
        tmp_path,
        """
        server: {mlflow_tracking_uri: "sqlite:///store/mlflow.db"}
        tracking: {experiment: {create_experiment_kwargs: {artifact_location: files}}}
        """,
    )
    content = loader["mlflow"]
    uri = content["server"]["mlflow_tracking_uri"]
    assert uri == f"sqlite:///{tmp_path.as_posix()}/store/mlflow.db"
    assert (tmp_path / "store").is_dir()
    creation = content["tracking"]["experiment"]["create_experiment_kwargs"]
    assert creation["artifact_location"] == str(tmp_path / "files")


def test_servers_absolute_paths_and_buckets_stay_as_they_are(tmp_path):
    database = f"sqlite:///{tmp_path.as_posix()}/x/mlflow.db"
    loader = load(
        tmp_path,
        f"""
        server:
          mlflow_tracking_uri: http://localhost:5000
          mlflow_registry_uri: {database}
        tracking:
          experiment: {{create_experiment_kwargs: {{artifact_location: "s3://bucket"}}}}
        """,
    )
    server = loader["mlflow"]["server"]
    assert server["mlflow_tracking_uri"] == "http://localhost:5000"
    assert server["mlflow_registry_uri"] == database
    creation = loader["mlflow"]["tracking"]["experiment"]["create_experiment_kwargs"]
    assert creation["artifact_location"] == "s3://bucket"


def test_projects_without_the_file_or_with_little_in_it_are_left_alone(tmp_path):
    load(tmp_path / "absent", None)
    loader = load(tmp_path / "little", "ui: {port: '5000'}")
    assert loader["mlflow"]["ui"] == {"port": "5000"}
