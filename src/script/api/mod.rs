//! One JS object per file. To be written.
