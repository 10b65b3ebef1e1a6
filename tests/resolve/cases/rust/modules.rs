// path: src/main.rs
mod shape; // imports: src/shape/mod.rs
mod util; // imports: src/util.rs
use crate::shape::{circle::Circle, Area}; // imports: src/shape/circle.rs, src/shape/circle.rs::Circle, src/shape/mod.rs, src/shape/mod.rs::Area
use std::collections::HashMap; // imports: nothing

fn main() {
    let c = Circle::new(2.0); // calls: src/shape/circle.rs::Circle.new [exact]
    c.grow(1.5); // calls: src/shape/circle.rs::Circle.grow
    c.area(); // calls: src/shape/circle.rs::Circle.area
    util::log("x"); // calls: src/util.rs::log [exact]
    shape::total(&[c]); // calls: src/shape/mod.rs::total
    helper(1); // calls: src/main.rs::helper [exact]
    println!("{}", helper(2)); // calls: src/main.rs::helper
    let m: HashMap<u8, u8> = HashMap::new(); // calls: external:std.collections.HashMap.new
    "text".log(); // calls: nothing
}

fn helper(n: u32) -> u32 {
    n
}

// path: src/shape/mod.rs
pub mod circle;

/// Something with a surface.
pub trait Area {
    fn area(&self) -> f64;
    fn double(&self) -> f64 {
        self.area() * 2.0 // calls: ::Area.area
    }
}

pub fn total(all: &[circle::Circle]) -> f64 { // references: src/shape/circle.rs::Circle
    all.len() as f64 // calls: nothing
}

// path: src/shape/circle.rs
use super::Area; // imports: src/shape/mod.rs, src/shape/mod.rs::Area
use crate::util; // imports: src/util.rs

pub struct Circle {
    r: f64,
}

impl Circle {
    pub fn new(r: f64) -> Self {
        util::log("new"); // calls: src/util.rs::log
        Circle { r } // calls: ::Circle
    }

    pub fn grow(&self, by: f64) -> Self {
        Self::new(self.r * by) // calls: ::Circle.new
    }
}

impl Area for Circle { // implements: src/shape/mod.rs::Area
    fn area(&self) -> f64 { // implements: src/shape/mod.rs::Area.area
        self.r * self.r
    }
}

// path: src/util.rs
pub fn log(text: &str) {}

mod inner {
    pub fn deep() {
        super::log("x") // calls: ::log
    }
}
