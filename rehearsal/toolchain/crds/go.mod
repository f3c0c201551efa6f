module rehearsal/toolchain/crds

go 1.26

require (
	istio.io/api v1.30.8
	sigs.k8s.io/gateway-api v1.5.1
	sigs.k8s.io/gateway-api-inference-extension v1.5.0
	sigs.k8s.io/karpenter v1.9.0
)
