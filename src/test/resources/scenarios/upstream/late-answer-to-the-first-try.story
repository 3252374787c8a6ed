title After a retransmit the answer to the first try still counts

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 300 A 192.0.2.1; after 400 ms
client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1, within 400 ms
