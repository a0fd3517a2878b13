use kv::*;
use std::time::Instant;
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS")).collect() }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let start = Instant::now();
    let engine = if a[1] == "fjall" { kv_fjall::open(a[2].as_ref(), &kv_fjall::Options::default()).unwrap() } else { kv_sqlite::open(a[2].as_ref(), &kv_sqlite::Options::default()).unwrap() };
    let v = engine.view().unwrap(); v.get(b"x").unwrap();
    println!("open {:?} {}", start.elapsed(), rss());
    let n: u64 = a[3].parse().unwrap();
    let e = base::Entropy::seeded(start.elapsed().as_nanos() as u64);
    for _ in 0..n / 64 {
        let b: WriteSet = (0..64).map(|_| { let mut v = vec![0; 1024]; e.fill(&mut v); (bytes::Bytes::copy_from_slice(&e.bytes::<16>()), Some(v.into())) }).collect();
        engine.apply(&b).unwrap();
    }
    if n > 0 { std::process::abort(); }
    let start = Instant::now(); 
    if a.len() > 4 { engine.close().unwrap(); drop(v); drop(engine); println!("close {:?}", start.elapsed()); }
}
