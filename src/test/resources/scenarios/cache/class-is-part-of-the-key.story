title Another class is another question

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers version.bind TXT: @ 300 TXT "class IN"
client 10.0.0.2 asks version.bind TXT
expect NOERROR
client 10.0.0.2 asks version.bind TXT class CH
expect nothing yet
