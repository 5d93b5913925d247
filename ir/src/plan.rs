//! The memory plan: every byte of RAM and flash of the emitted code, and what it costs to run.
