//! What a model consists of, independent of the language it is spelled in.
