# path: app.rb
class Report
  attr_reader :title

  def render_page(format) = format

  def publish
    render_page(:html) # calls: ::Report.render_page
    "x".render_page(1) # calls: nothing
    [1].publish # calls: nothing
    File.read("x") # calls: external:File.read
  end

  def guess
    @other.render_page(:pdf) # calls: ::Report.render_page [candidate]
    @other.render_page(1, 2) # calls: nothing
    @other.to_s # calls: nothing
    yield_self
  end
end

class Child < Report # inherits: ::Report
  def publish # overrides: ::Report.publish
    super
    render_page(:txt) # calls: ::Report.render_page
  end
end

# path: spec/report_spec.rb
require_relative "../app" # imports: app.rb
report = Report.new # calls: app.rb::Report
report.publish # calls: app.rb::Report.publish
