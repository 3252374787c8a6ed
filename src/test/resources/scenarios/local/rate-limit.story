title A client beyond client_rate_limit is told REFUSED; others are not

config
    dns {
        use_hosts: false
        client_rate_limit: 5
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A
expect REFUSED
client 10.0.0.3 asks www.example.com A
expect NOERROR
time passes 2 s
client 10.0.0.2 asks www.example.com A
expect NOERROR
