title A server that refuses TCP is told with EDE 23, soon

config
    dns {
        use_hosts: false
        upstream { quad9: 'tcp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

quad9 refuses
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 23, within 1 s
