module notimplemented/e2e/playground

go 1.26.0

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	notimplemented v0.0.0
	notimplemented/e2e v0.0.0
)

require github.com/go-json-experiment/json v1.27.2 // indirect

replace (
	notimplemented => ../..
	notimplemented/e2e => ..
)
