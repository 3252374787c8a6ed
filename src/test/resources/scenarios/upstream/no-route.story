title Without a route the failure is told at once, not after the budget

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 is unreachable
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 23, within 2 s
