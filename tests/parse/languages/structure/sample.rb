require 'json'
require_relative '../lib/foo'
# Doc of A
module A
  VERSION = "1"
  class B < Base
    include Comparable
    extend Foo::Bar
    attr_accessor :name, :age
    def initialize(a, b = 1, *rest, k:, o: 2, **kw, &blk)
      @a = a
      super(a)
    end
    def self.build(x) = new(x)
    class << self
      def meta; end
    end
    private
    def hid!; self.run 1, 2; helper; foo.bar(3); A::C.new(1); end
    alias other hid!
  end
  class C::D; end
end
def top; puts "x" end
Foo = Struct.new(:a) do
  def q; end
end
