//! How much memory and room the engine may take.

/// Sizes in bytes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Pages kept in memory for each connection. The system caches the file as well.
    pub cache_bytes: u32,
    /// Beyond this length, the log is emptied even if readers have to be waited for.
    pub log_bytes: u32,
    /// What must stay free on the disk beyond what the engine needs for its own upkeep: writes
    /// that would go below are refused. On a small disk it is an eighth of the disk.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_bytes: 2 << 20,
            log_bytes: 64 << 20,
            reserve_bytes: 64 << 20,
        }
    }
}
