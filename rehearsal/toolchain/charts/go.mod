module rehearsal/toolchain/charts

go 1.26.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/grafana-community/helm-charts v0.0.0-20260829030558-dbf9f4fb5fa1
	github.com/kedacore/charts v2.20.3-0.20260903105638-fe065f4d8938+incompatible
	github.com/prometheus-community/helm-charts v0.0.0-20260828105119-ed5d7d9b5933
	istio.io/istio v0.0.0-20260827124520-eed52ebb66ad
	sigs.k8s.io/lws v0.9.0
)
