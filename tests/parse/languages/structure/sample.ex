defmodule Phoenix.Router.Scope do
  @moduledoc "Scopes"
  alias Phoenix.Router.Route
  alias Phoenix.{A, B}
  import Plug.Conn
  use GenServer
  require Logger

  @doc """
  Builds it.
  """
  @spec build(map, atom) :: Route.t()
  def build(module, opts \\ []) when is_atom(module) do
    x = Route.build(1, 2)
    helper(x) |> Route.join(3)
    Logger.debug("x")
    %Route{path: "x"}
  end

  defp helper(x), do: x
  def noargs, do: :ok
  defmacro scope(path, do: block) do
    add_scope(path)
  end
  defstruct [:path, :alias]
  def a <> b, do: 1
end
defprotocol P do
  def p(x)
end
defimpl P, for: Atom do
  def p(x), do: x
end

defmodule Phoenix.Worker do
  @behaviour GenServer
  @timeout 5_000
  @callback work(term, keyword) :: :ok
  @type t :: %__MODULE__{}
  @doc "Starts it."
  def start(nil), do: {:error, :none}
  def start(name) when is_binary(name), do: __MODULE__.run(name, @timeout)
  def start(name, timeout), do: name |> trim() |> run(timeout)

  def run(name, timeout) do
    Enum.each([name], &trim/1)
    receive do
      msg -> handle(msg)
    end
  end

  defp trim(name), do: String.trim(name)
  defp handle({:ok, value} = msg), do: value
end
