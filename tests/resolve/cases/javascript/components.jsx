const Item = ({ text }) => <li>{text}</li>
class List extends React.Component {
  add = () => this.setState({})
  draw() { return this.props.items.map((text) => <Item text={text} />) } // calls: ::Item
  render() { return <ul onClick={this.add}>{this.draw()}</ul> } // calls: ::List.draw; references: ::List.add
}
const page = <List items={[]} /> // calls: ::List
