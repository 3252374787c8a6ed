title Names that no resolver may ask about do not leave (RFC 6761, 6762, 7686)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * *: NXDOMAIN; soa . 3600 900

client 10.0.0.2 asks x.invalid A
expect NXDOMAIN, at once
client 10.0.0.2 asks x.onion A
expect NXDOMAIN, at once
client 10.0.0.2 asks printer.local A
expect NXDOMAIN, at once
client 10.0.0.2 asks x.test A
expect NXDOMAIN, at once
quad9 was asked 0 times
