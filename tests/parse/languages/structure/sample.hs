{-# LANGUAGE OverloadedStrings #-}
module Data.Aeson.Parser
    ( json, value
    , Parser(..)
    ) where

import qualified Data.Map as M
import Data.Aeson.Types (Value(..), parse)
import Data.List hiding (sort)
import Control.Monad

-- | Parses it.
json :: Parser Value
json = value <?> "json"

-- | A value.
value, other :: Int -> Parser Value
value 0 = pure Null
value n | n > 1 = helper n
        | otherwise = M.lookup n table
  where
    table = M.empty
    local x = x + 1

data Result a = Error String | Success a
  deriving (Eq, Show)

data Rec = Rec { field1 :: Int, field2 :: !String }

newtype Parser a = Parser { runParser :: Int -> a }

type Name = String

class Monad m => ToJSON a where
  toJSON :: a -> Value
  toJSON = genericToJSON defaultOptions

instance ToJSON Bool where
  toJSON True = Bool True
  toJSON _ = f $ g . h $ x

x <+> y = add x y

main :: IO ()
main = do
  r <- parse "x"
  print (runParser r `seq` 1)
