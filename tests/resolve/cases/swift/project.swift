// path: Sources/App/Store.swift
import Foundation

public class Store: Base, Saving { // inherits: Sources/App/Base.swift::Base, Sources/App/Base.swift::Saving
    private let box: Box
    init(size: Int) {
        super.init(size) // calls: Sources/App/Base.swift::Base.init
    }

    func save(_ text: String) { // implements: Sources/App/Base.swift::Saving.save
        check(text) // calls: ::Store.check
        self.check(text) // calls: ::Store.check
        box.put(text: text) // calls: Sources/App/Base.swift::Box.put
        audit(1) // calls: Sources/App/Base.swift::audit
    }

    private func check(_ text: String) {}
}

func start() {
    let store = Store(size: 1) // calls: ::Store.init
    store.save("x") // calls: ::Store.save
    store.extra() // calls: Sources/App/Base.swift::Store.extra
    print("x") // calls: nothing
}

// path: Sources/App/Base.swift
protocol Saving { func save(_ text: String) }

class Base {
    init(_ n: Int) {}
}

struct Box { func put(text: String) {} }

extension Store {
    func extra() {}
}

func audit(_ level: Int) {}
