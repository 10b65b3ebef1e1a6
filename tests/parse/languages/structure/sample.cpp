#include "a.hpp"
using namespace std;
using std::vector;
namespace a::b {
class Base;
template <typename T> class Foo : public Base, private ns::Other<T> {
public:
  Foo(int x);
  ~Foo();
  virtual int area() const = 0;
  int get(int a, int b = 2) { return this->area() + m_x + helper(a); }
  static Foo make();
  bool operator==(const Foo& o) const;
  int m_x; std::vector<int> v_;
  enum class E { A, B };
  using Alias = int;
  friend class Z;
};
struct S { int q; };
}
namespace { void anon() {} }
/* Exported. */
class LIB_API Exported final : public S { int get(); };
int Exported::get() { return q; }
template <typename T> T a::b::Foo<T>::get(int a) { Foo<T> f(1); auto g = new Foo<int>(2); std::sort(1, 2); f.get(1); g->get(2); a::b::fn(1); return 0; }
Foo::Foo(int x) : Base(x), m_x(1) {}
int& Foo::ref() { return m_x; }
void free_fn(int n = 1, Args... args) { helper<int>(3); auto l = [](int a) { return a; }; Foo{1}; }
typedef Foo<int> FooI;
constexpr int K = 2;
