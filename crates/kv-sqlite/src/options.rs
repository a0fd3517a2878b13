//! How much memory and room the engine may take.

/// Sizes in bytes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pages kept in memory for each connection. The system caches the file as well.
    pub cache_bytes: u32,
    /// What must stay free on the disk for the engine's own upkeep. Writes that would go below
    /// are refused.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_bytes: 2 << 20,
            reserve_bytes: 64 << 20,
        }
    }
}
