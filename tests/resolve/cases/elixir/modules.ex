# path: lib/shop/cart.ex
defmodule Shop.Cart do
  alias Shop.{Item, Price}
  alias Shop.Store, as: Shelf
  import Shop.Helpers # imports: lib/shop/helpers.ex::Helpers
  require Logger

  @limit 10

  def add(cart, item) do
    Item.new(item) # calls: lib/shop/item.ex::Item.new
    Price.of(item) # calls: lib/shop/item.ex::Price.of
    Shelf.take(item, 1) # calls: lib/shop/store.ex::Store.take
    round_up(3) # calls: lib/shop/helpers.ex::Helpers.round_up
    check(cart) # calls: ::Cart.check
    item |> Item.rename("x") # calls: lib/shop/item.ex::Item.rename
    cart |> check() |> total(@limit) # calls: ::Cart.check, ::Cart.total; references: ::Cart.limit
    Enum.each([cart], &check/1) # calls: external:Enum.each; references: ::Cart.check
    Logger.info("added") # calls: external:Logger.info
    Shop.Store.take(item, 2) # calls: lib/shop/store.ex::Store.take
    __MODULE__.total(cart, 1) # calls: ::Cart.total
    item.name # calls: nothing
    String.length(item) # calls: nothing
  end

  defp check(cart) when is_list(cart), do: cart
  defp check(cart), do: total(cart, @limit) # calls: ::Cart.total

  def total(_cart, _limit), do: 0
end

# path: lib/shop/item.ex
defmodule Shop.Item do
  defstruct [:name]

  def new(name), do: %__MODULE__{name: name}
  def rename(item, name), do: %{item | name: name}
end

defmodule Shop.Price do
  def of(_item), do: 1
end

# path: lib/shop/store.ex
defmodule Shop.Store do
  def take(_item, _count), do: :ok
end

# path: lib/shop/helpers.ex
defmodule Shop.Helpers do
  def round_up(x), do: x
end

# path: lib/shop/size.ex
defprotocol Shop.Size do
  def size(thing)
end

defimpl Shop.Size, for: Shop.Item do # implements: ::Size
  def size(_item), do: 1
end
