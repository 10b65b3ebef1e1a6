# path: lib/rack/auth.rb
module Rack
  class Auth < Base
    attr_reader :jar, :unknown
    attr_accessor :log

    def self.token(session, path: nil)
      new(nil).mask(session) # calls: ::Rack.Auth, ::Rack.Auth.mask
    end

    def mask(text)
      @jar = Jar.new(1) # calls: lib/rack/jar.rb::Rack.Jar.initialize
      @jar.put(text) # calls: lib/rack/jar.rb::Rack.Jar.put
      jar.put(text) # calls: lib/rack/jar.rb::Rack.Jar.put
      unknown.stash(text) # calls: lib/rack/jar.rb::Rack.Jar.stash [candidate]
      self.class.token(text) # calls: ::Rack.Auth.token
      self.class.new.open # calls: ::Rack.Auth, ::Rack.Auth.open
      cache.put(2) # calls: lib/rack/jar.rb::Rack.Jar.put
    end

    def open
      @jar.size # calls: lib/rack/jar.rb::Rack.Jar.size
      @other.stash(1) # calls: lib/rack/jar.rb::Rack.Jar.stash [candidate]
    end

    def cache
      # What is given stands last, without a remark behind it.
      @cache ||= Jar.new(2)
    end

    class << self
      attr_accessor :target

      def other(text)
        helper(text) # calls: ::Rack.Auth.helper
        target # calls: ::Rack.Auth.target
      end

      private

      def helper(text); end
    end
  end
end

# path: lib/rack/jar.rb
module Rack
  class Jar
    attr_reader :size

    def initialize(size)
      @size = size
    end

    def put(item); end
    def stash(item); end
  end
end

# path: lib/rack/one.rb
module Rack
  module One
  end
end

# path: lib/rack/two.rb
module Rack
  module Two
    extend self

    def run_it(a); end

    def twice(a)
      run_it(a) # calls: ::Rack.Two.run_it
    end
  end
end

# path: spec/auth_spec.rb
def shared_helper; end

RSpec.describe Rack::Auth do
  it "makes tokens" do
    shared_helper # calls: ::shared_helper
    Rack::Auth.token(1) # calls: lib/rack/auth.rb::Rack.Auth.token
    expect(Rack::Auth.token(2, path: "/")).to eq(3) # calls: lib/rack/auth.rb::Rack.Auth.token
    Rack::Auth.other(2) # calls: lib/rack/auth.rb::Rack.Auth.other
    Rack::Auth.target # calls: lib/rack/auth.rb::Rack.Auth.target
    Rack::Two.run_it(1) # calls: lib/rack/two.rb::Rack.Two.run_it
    Rack::Auth.new(1).jar # calls: lib/rack/auth.rb::Rack.Auth, lib/rack/auth.rb::Rack.Auth.jar
  end
end

# path: spec/other_spec.rb
shared_helper # calls: nothing
