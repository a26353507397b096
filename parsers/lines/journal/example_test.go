package journal_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"os"

	"oomtrace/parsers/lines/journal"
)

func ExampleReader() {
	f, err := os.Open("testdata/system.journal.gz")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		log.Fatal(err)
	}
	file, err := io.ReadAll(z)
	if err != nil {
		log.Fatal(err)
	}

	r, err := journal.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for name, value := range e.Fields {
			if name == "MESSAGE" && bytes.Contains(value, []byte("invoked oom-killer")) {
				fmt.Printf("%d.%06d %s\n", e.Monotonic/1e6, e.Monotonic%1e6, value)
			}
		}
	}
	fmt.Println("problems:", r.Problems())
	// Output:
	// 149.915557 python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
	// problems: []
}
