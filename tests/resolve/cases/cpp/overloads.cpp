// path: src/a.hpp
#pragma once
class LIB_EXPORT Buffer {
public:
    void put(int a);
    void put(int a, int b);
    int size() const { return n_; }
    LIB_API static Buffer make();
private:
    int n_ GUARDED_BY(mu_);
};
void log(int level);

// path: src/a.cpp
#include "a.hpp"
void Buffer::put(int a) {
    put(a, 1); // calls: ::Buffer.put~2
}
void Buffer::put(int a, int b) {}
Buffer Buffer::make() { return Buffer(); } // calls: src/a.hpp::Buffer
void log(int level) {}

// path: src/main.cpp
#include "a.hpp"
static void helper() {}
int main() {
    Buffer b;
    b.put(1); // calls: src/a.cpp::Buffer.put
    b.put(1, 2); // calls: src/a.cpp::Buffer.put~2
    b.size(); // calls: src/a.hpp::Buffer.size
    Buffer::make().size(); // calls: src/a.cpp::Buffer.make, src/a.hpp::Buffer.size
    log(1); // calls: src/a.cpp::log
    helper(); // calls: ::helper
    std::string s;
    s.size(); // calls: nothing
    ASSERT_EQ(1, 2); // calls: external:ASSERT_EQ
}
