import { useState } from 'react'
type Props = { title: string; onSave: (draft: Draft) => void }
class Draft { save() {} }
export function Button(props: { label: string; onClick?: () => void }) {
  return <button onClick={props.onClick}>{props.label}</button> // calls: nothing
}
const Card = ({ title, onSave }: Props) => (
  <div title={title}>
    <Button
      label={title}
      onClick={() => onSave(new Draft())} // calls: ::Draft
    />
  </div>
)
const parts = { Card }
export default function App() {
  const [draft, setDraft] = useState(new Draft()) // calls: ::Draft
  const card = <Card title="x" onSave={(d) => d.save()} /> // calls: ::Card, ::Draft.save
  const nested = <parts.Card title="y" onSave={() => {}}>{render()}</parts.Card> // calls: ::Card, ::render
  return <>{card}{nested}</>
}
function render() { return <span /> } // calls: nothing
