title Another opcode gets NOTIMP

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 asks www.example.com A opcode STATUS
expect NOTIMP
client 10.0.0.2 asks www.example.com SOA opcode NOTIFY
expect NOTIMP
client 10.0.0.2 asks www.example.com SOA opcode UPDATE
expect NOTIMP
counter answered_malformed is 3
