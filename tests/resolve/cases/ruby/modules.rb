# path: lib/shop.rb
require "json"
require_relative "shop/cart" # imports: lib/shop/cart.rb

module Shop
  # Sells things.
  class Store < Base # inherits: lib/shop/base.rb::Shop.Base, lib/shop/base.rb::Shop.Countable
    include Countable

    def initialize(name)
      @name = name
    end

    def self.open(name)
      Store.new(name) # calls: ::Shop.Store.initialize
    end

    def sell(item, amount = 1)
      check(item) # calls: ::Shop.Store.check
      self.check(item) # calls: ::Shop.Store.check
      tally # calls: lib/shop/base.rb::Shop.Countable.tally
      cart = Cart.new # calls: lib/shop/cart.rb::Shop.Cart
      cart.place(item, amount) # calls: lib/shop/cart.rb::Shop.Cart.place
      item.upcase # calls: nothing
    end

    private

    def check(item); end
  end
end

Shop::Store.open("x").sell(1) # calls: ::Shop.Store.open, ::Shop.Store.sell

# path: lib/shop/cart.rb
module Shop
  class Cart
    def place(item, amount); end
  end
end

# path: lib/shop/base.rb
module Shop
  module Countable
    def tally; end
  end

  class Base
  end
end
