//! Crate docs
use std::collections::HashMap;
use crate::shape::{self, Area as A, circle::*};
mod shape;
pub const MAX: usize = 3;
static G: i32 = 1;
/// A point.
#[derive(Debug)]
pub struct Point<T> { pub x: T, y: T }
pub struct Unit;
enum Kind { One, Two(i32), Three { a: u8 } }
pub trait Draw: Base + Send { fn draw(&self, n: u32) -> bool; fn twice(&self) { self.draw(2); } const K: u8; type Out; }
impl<T> Draw for Point<T> { fn draw(&self, n: u32) -> bool { helper(n); self.x.go(1, 2); Point::<T>::new(); crate::a::f(); true } }
impl Point<i32> { pub fn new(x: i32, mut y: i32) -> Self { Self { x, y } } pub async fn late() {} }
type Alias = Point<i32>;
mod inner { pub fn deep() { super::helper(1) } }
fn helper(n: u32) {}
macro_rules! my { ($x:expr) => { $x } }
fn main() { my!(3); let p = Point { x: 1, y: 2 }; let f: fn(i32) = g; println!("{}", helper(2)); }
union U { a: u8 }
