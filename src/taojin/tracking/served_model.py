"""What MLflow executes to make the served model: code, so that nothing is pickled."""

from mlflow.models import set_model

from taojin.tracking.mlflow_model import LanguageModelPyfunc

set_model(LanguageModelPyfunc())
