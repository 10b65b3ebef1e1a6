// path: src/lib.rs
pub struct Pool;
impl Pool {
    pub fn drain(&self) {}
    pub fn shrink(&self, n: usize) {}
}

pub trait Twice {
    fn twice(&self) -> Self;
}
impl Twice for Vec<u8> {
    fn twice(&self) -> Self { self.clone() }
}

fn known(v: Vec<u8>, s: &str, pool: &Pool, any: impl Fn()) {
    v.drain(); // calls: nothing
    v.twice(); // calls: ::Vec.twice
    s.shrink(1); // calls: nothing
    "x".shrink(1); // calls: nothing
    pool.drain(); // calls: ::Pool.drain [exact]
    Vec::drain(); // calls: external:Vec.drain
    std::mem::drain(v); // calls: nothing
    format!("{}", pool.shrink(1)); // calls: ::Pool.shrink, external:format
}

fn unknown(any: impl Fn()) {
    any().drain(); // calls: ::Pool.drain [candidate]
    any().shrink(); // calls: nothing
}

fn doc(n: u8) {}

#[cfg_attr(docs, doc(1))] // calls: nothing
fn after() {
    doc(1); // calls: ::doc
}
