title A client that asks again joins the flight under way

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 300 A 192.0.2.1; after 200 ms
client 10.0.0.2 asks www.example.com A as first
time passes 100 ms
client 10.0.0.2 asks www.example.com A as second
expect first: NOERROR, 192.0.2.1
expect second: NOERROR, 192.0.2.1, within 100 ms
quad9 was asked 1 time
