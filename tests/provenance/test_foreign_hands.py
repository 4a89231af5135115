"""Records that another program has written anew: in attributes, nested descriptions, other prefixes."""

from __future__ import annotations

from imagenspec.provenance.record import Input
from imagenspec.provenance.stamping import record_in

IN_ATTRIBUTES = f"""\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><q:RDF xmlns:q="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<q:Description q:about="" xmlns:i="urn:imagenspec:provenance:1#" i:Request="{"ab" * 32}" i:Recipe="cup.imagen.yaml"
 i:Sample="2" i:Seed="7">
 <i:Inputs><q:Seq>
  <q:li i:Path="a.png" i:SHA256="{"01" * 32}"/>
  <q:li><q:Description i:SHA256="{"23" * 32}"><i:Path>b.png</i:Path></q:Description></q:li>
  <q:li q:parseType="Resource"><i:Path>c.png</i:Path><i:SHA256>{"45" * 32}</i:SHA256></q:li>
  <q:li>d.png</q:li>
 </q:Seq></i:Inputs>
</q:Description>
<q:Description q:about=""><i:Prompt xmlns:i="urn:imagenspec:provenance:1#">a cup</i:Prompt></q:Description>
</q:RDF></x:xmpmeta>""".encode()


def test_each_way_that_rdf_has_is_read() -> None:
    found = record_in(IN_ATTRIBUTES)
    assert found is not None
    assert (found.request, found.recipe, found.sample, found.seed) == ("ab" * 32, "cup.imagen.yaml", 2, 7)
    assert found.prompt == "a cup"
    assert found.inputs == (Input("a.png", "01" * 32), Input("b.png", "23" * 32), Input("c.png", "45" * 32))


def test_a_packet_of_others_has_no_record() -> None:
    assert record_in(IN_ATTRIBUTES.replace(b"urn:imagenspec", b"urn:somebody")) is None
