"""Wiring of the features stage."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.features.nodes import (
    label_documents,
    split_documents,
    tokenise_documents,
    train_tokenizer,
)


def create_text_pipeline() -> Pipeline:
    """Curated documents -> splits -> tokenizer, token shards, labelled examples."""
    return Pipeline(
        [
            Node(
                func=split_documents,
                inputs={
                    "documents": "curated_documents",
                    "clusters": "duplicate_clusters",
                    "config": "params:features.splits",
                },
                outputs="document_splits",
                name="split_documents",
                tags=["cpu"],
            ),
            Node(
                func=train_tokenizer,
                inputs={
                    "documents": "curated_documents",
                    "document_splits": "document_splits",
                    "config": "params:features.tokenizer",
                },
                outputs="tokenizer",
                name="train_tokenizer",
                tags=["cpu"],
            ),
            Node(
                func=tokenise_documents,
                inputs={
                    "documents": "curated_documents",
                    "document_splits": "document_splits",
                    "tokenizer": "tokenizer",
                    "workspace": "workspace",
                },
                outputs="token_shards",
                name="tokenise_documents",
                tags=["cpu"],
            ),
            Node(
                func=label_documents,
                inputs={
                    "documents": "curated_documents",
                    "document_splits": "document_splits",
                    "config": "params:features.labels",
                },
                outputs={
                    "topics": "labelled_topics",
                    "descriptions": "labelled_descriptions",
                },
                name="label_documents",
                tags=["cpu"],
            ),
        ],
        namespace="text.features",
        prefix_datasets_with_namespace=False,
    )
