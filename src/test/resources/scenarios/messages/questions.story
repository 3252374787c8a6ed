title No question, or two, gets FORMERR (RFC 9619)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 asks www.example.com A questions 0
expect FORMERR
client 10.0.0.2 asks www.example.com A questions 2
expect FORMERR
