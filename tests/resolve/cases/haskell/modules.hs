-- path: src/Shop/Cart.hs
module Shop.Cart (total, Cart (..)) where

import qualified Data.Map as Map -- imports: external:Data.Map
import Shop.Item -- imports: src/Shop/Item.hs
import qualified Shop.Price as P

data Cart = Empty | Full [Item] -- references: src/Shop/Item.hs::Item

total :: Cart -> Int
total Empty = nothing -- calls: ::nothing
total (Full items) = sum (prices items) -- calls: ::prices

nothing :: Int
nothing = 0

prices :: [Item] -> [Int] -- references: src/Shop/Item.hs::Item
prices items = fmap (P.price . name) (rename items) -- calls: src/Shop/Price.hs::price, src/Shop/Item.hs::Item.name, src/Shop/Item.hs::rename
  where
    local x = helper x -- calls: ::prices.helper
    helper x = Map.lookup x Map.empty -- calls: external:Data.Map.lookup

shadow :: Int -> Int
shadow nothing = plain nothing -- calls: ::plain; references: nothing

plain :: a -> a
plain x = describe x -- calls: src/Shop/Item.hs::Describe.describe

run :: IO ()
run = print $ total Empty -- calls: ::total; references: ::Cart.Empty

-- path: src/Shop/Item.hs
module Shop.Item where

data Item = Item { name :: String, count :: Int }

-- | What can be described.
class Describe a where
  describe :: a -> String
  describe _ = "?"

instance Describe Item where -- implements: ::Describe
  describe item = name item -- calls: ::Item.name

rename :: [Item] -> [Item]
rename = id

-- path: src/Shop/Price.hs
module Shop.Price (price) where

price :: String -> Int
price = length -- calls: nothing
