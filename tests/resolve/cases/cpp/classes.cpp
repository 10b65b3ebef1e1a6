// path: src/shape.hpp
#include <vector>
namespace geo {
class Shape {
public:
    virtual ~Shape();
    virtual double area() const = 0;
    void describe() {
        log(area()); // calls: ::geo.log, ::geo.Shape.area
    }
};

void log(double value) {}

class Circle : public Shape { // inherits: ::geo.Shape
public:
    Circle(double r);
    double area() const override; // overrides: ::geo.Shape.area
    static Circle unit();
private:
    double r_;
    Point center_; // references: ::geo.Point
};

struct Point { int x; int y; };
}

// path: src/shape.cpp
#include "shape.hpp" // imports: src/shape.hpp

namespace geo {
Circle::Circle(double r) : r_(r) {}

double Circle::area() const { // overrides: src/shape.hpp::geo.Shape.area
    log(r_); // calls: src/shape.hpp::geo.log
    return this->scale(2); // calls: ::geo.Circle.scale
}

double Circle::scale(int by) { return by; }

Circle Circle::unit() {
    return Circle(1.0); // calls: ::geo.Circle.Circle
}
}

// path: src/main.cpp
#include "shape.hpp" // imports: src/shape.hpp
using namespace geo;

int main() {
    geo::Circle c(2.0);
    c.area(); // calls: src/shape.cpp::geo.Circle.area
    auto p = new Circle(3.0); // calls: src/shape.cpp::geo.Circle.Circle
    p->area(); // calls: src/shape.cpp::geo.Circle.area
    geo::Circle::unit(); // calls: src/shape.cpp::geo.Circle.unit
    geo::log(1); // calls: src/shape.hpp::geo.log
    std::sort(1, 2); // calls: nothing
    return 0;
}
