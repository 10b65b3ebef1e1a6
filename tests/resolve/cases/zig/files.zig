// path: src/main.zig
const std = @import("std");
const list = @import("list.zig"); // imports: src/list.zig
const Pool = @import("Pool.zig"); // imports: src/Pool.zig
const Point = @import("geo/point.zig").Point; // imports: src/geo/point.zig

const Counter = struct {
    count: u32 = 0,

    pub fn step(self: *Counter, by: u32) void {
        self.count += by;
        self.log(); // calls: ::Counter.log
    }

    fn log(self: *Counter) void {
        std.debug.print("{}", .{self.count}); // calls: external:std.debug.print
    }

    pub fn zero() Counter {
        return Counter{ .count = 0 }; // calls: ::Counter
    }
};

pub fn main() void {
    var counter = Counter.zero(); // calls: ::Counter.zero
    counter.step(1); // calls: ::Counter.step
    defer counter.step(2); // calls: ::Counter.step
    list.sort(1, helper); // calls: src/list.zig::sort; references: ::helper
    var items = list.List.init(4); // calls: src/list.zig::List.init
    items.push(3); // calls: src/list.zig::List.push
    const p: Point = .{};
    p.move(1); // calls: src/geo/point.zig::Point.move
    try helper(2); // calls: ::helper
}

fn use(pool: *Pool) void {
    pool.take(1); // gap calls: src/Pool.zig::take
    Pool.make(1); // calls: src/Pool.zig::make
}

fn helper(x: u32) !void {
    _ = x;
}

test "a counter counts" {
    _ = Counter.zero(); // calls: ::Counter.zero
}

// path: src/list.zig
pub const List = struct {
    len: usize,
    pub fn init(n: usize) List {
        return .{ .len = n };
    }
    pub fn push(self: *List, x: u8) void {
        _ = self;
        _ = x;
    }
};

pub fn sort(n: usize, f: anytype) void {
    f(n); // calls: nothing
}

// path: src/geo/point.zig
pub const Point = struct {
    x: f32 = 0,
    pub fn move(self: Point, by: f32) void {
        _ = self;
        _ = by;
    }
};

// path: src/Pool.zig
const Pool = @This();

size: usize,

pub fn make(size: usize) Pool {
    return .{ .size = size };
}

pub fn take(self: *Pool, x: u32) u32 {
    _ = self;
    return x;
}
