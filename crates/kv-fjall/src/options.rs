//! How much memory and room the engine may take.

/// Sizes in bytes. The defaults suit a small server: little memory when idle, and short recovery.
#[derive(Debug, Clone)]
pub struct Options {
    /// Blocks of tables kept in memory.
    pub cache_bytes: u64,
    /// Writes kept in memory before they are sorted into a table, and the size of tables. Up to
    /// three times this waits for the disk when writes come faster than it can take them.
    pub memtable_bytes: u64,
    /// What must stay free on the disk beyond what the engine needs for its own upkeep: writes
    /// that would go below are refused. On a small disk it is an eighth of the disk.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_bytes: 64 << 20,
            memtable_bytes: 16 << 20,
            reserve_bytes: 64 << 20,
        }
    }
}
