"""Serving: versioned SavedModels that are proven to answer as training does, and their answers."""

from dlsuite.serving.export import Exported, copy_export, export
from dlsuite.serving.predict import answer
from dlsuite.serving.signatures import Signature, image_signatures, table_signatures
from dlsuite.serving.verify import ExportMismatch, Verified, verify_in_child
from dlsuite.serving.versions import locate

__all__ = [
    "ExportMismatch",
    "Exported",
    "Signature",
    "Verified",
    "answer",
    "copy_export",
    "export",
    "image_signatures",
    "locate",
    "table_signatures",
    "verify_in_child",
]
