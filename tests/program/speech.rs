//! Accuracy on real speech, where the public recordings stand beside the workspace.
