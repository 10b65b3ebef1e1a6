def f(): pass
f()  # calls: ::f
