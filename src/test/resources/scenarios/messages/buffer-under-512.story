title A UDP size under 512 counts as 512 (RFC 6891 section 6.2.3)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers big.example.com A: big 20
client 10.0.0.2 asks big.example.com A bufsize 100
expect NOERROR, -TC, records 20
