// path: src/a.rs
pub struct Engine;
impl Engine {
    pub fn ignite(&self, key: u8) {}
}
pub struct Lamp;
impl Lamp {
    pub fn glow(&self) {}
}
pub struct Candle;
impl Candle {
    pub fn glow(&self) {}
}

// path: src/b.rs
pub fn start(thing: &dyn Any, list: Vec<u8>) {
    pick().ignite(1); // calls: src/a.rs::Engine.ignite [candidate]
    pick().ignite(1, 2); // calls: nothing
    pick().glow(); // calls: src/a.rs::Lamp.glow [candidate], src/a.rs::Candle.glow [candidate]
    list.len(); // calls: nothing
}
