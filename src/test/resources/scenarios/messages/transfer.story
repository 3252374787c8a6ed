title Zone transfers are refused

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 asks example.com AXFR +tcp
expect REFUSED
client 10.0.0.2 asks example.com IXFR
expect REFUSED
counter refused_transfer is 2
