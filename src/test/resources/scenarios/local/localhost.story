title localhost and names below it are the loopback (RFC 6761 section 6.3)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * *: NXDOMAIN; soa . 3600 900

client 10.0.0.2 asks localhost A
expect NOERROR, 127.0.0.1
client 10.0.0.2 asks a.localhost AAAA
expect NOERROR, ::1
client 10.0.0.2 asks localhost MX
expect NOERROR, no records
client 10.0.0.2 asks 1.0.0.127.in-addr.arpa PTR
expect NOERROR, PTR localhost.
quad9 was asked 0 times
