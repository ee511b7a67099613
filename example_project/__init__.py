"""A small SaaS that lets its customers connect their HRIS and ATS accounts through StackOne."""
