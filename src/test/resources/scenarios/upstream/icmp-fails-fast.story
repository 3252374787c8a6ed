title A server whose port is closed is given up early, with EDE 23

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 refuses
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 23, within 2 s
