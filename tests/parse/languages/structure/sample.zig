const std = @import("std");
const mem = std.mem;
const Foo = @import("foo.zig").Foo;
pub const Point = @import("geo/point.zig");

/// A list.
pub const ArrayList = struct {
    items: []u8,
    allocator: Allocator = undefined,
    const Self = @This();

    /// Makes it.
    pub fn init(allocator: Allocator, n: usize) Self {
        return Self{ .items = &.{}, .allocator = allocator };
    }
    pub fn deinit(self: *Self) void {
        self.allocator.free(self.items);
        helper(self);
        mem.copy(u8, self.items, 1);
    }
};

pub fn Generic(comptime T: type) type {
    return struct {
        value: T,
        pub fn get(self: @This()) T { return self.value; }
    };
}

const Color = enum { red, green };
const U = union(enum) { a: i32, b: f32 };
const Err = error{ OutOfMemory, Bad };
var counter: u32 = 0;
pub const max = 10;

fn helper(x: anytype) void {
    var list = ArrayList.init(x, 1);
    defer list.deinit();
    const p: Point = .{};
    p.move(1);
    std.debug.print("{}", .{x});
    try foo();
    _ = Foo{};
}
extern fn c_func(a: c_int) c_int;
test "things work" {
    helper(1);
}
test Foo {}
