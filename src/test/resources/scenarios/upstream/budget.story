title SERVFAIL leaves before the client's own five seconds are over, and says who was silent

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 is silent
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 22 quad9, within 4600 ms
