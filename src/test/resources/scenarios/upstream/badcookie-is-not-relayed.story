title BADCOOKIE is about our hop to the server, and no client hears of it

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * A: BADCOOKIE

client 10.0.0.2 asks a.example.com A
expect SERVFAIL, EDE 0 BADCOOKIE, within 30 ms
